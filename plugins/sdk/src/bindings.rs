//! The contract's types, generated from `wit/`.

wit_bindgen::generate!({
    path: "../../wit",
    world: "plugin",
    pub_export_macro: true,
    export_macro_name: "export_component",
    additional_derives: [PartialEq],
    generate_unused_types: true,
});
