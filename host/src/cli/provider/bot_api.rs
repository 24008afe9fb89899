//! Calls methods of the Bot API with a provider's own grants and secrets, as sending does.

use std::sync::Arc;

use serde_json::Value;

use super::super::failure::Failure;
use super::super::{ConfigArgs, open};
use crate::app::Assembled;
use crate::config::secrets::SecretFault;
use crate::deliver::client::Client;
use crate::deliver::request::{Refused, prepare};
use crate::model::task::{Answer, Call, Payload, Target};
use crate::provider::Provider;

/// The shipped plugin that knows the Bot API, and its endpoint.
const PLUGIN: &str = "telegram";
const ENDPOINT: &str = "bot";

/// A bot, and the way to its server.
pub(super) struct Bot {
    pub(super) provider: Arc<Provider>,
    pub(super) assembled: Assembled,
    client: Client,
}

impl Bot {
    /// The provider of this name, as it is configured.
    pub(super) async fn open(name: &str, config: &ConfigArgs) -> Result<Self, Failure> {
        let (_, assembled) = open::assembled(config).await?;
        let parsed = name.parse().map_err(|error| Failure::new(format!("{error}"), ""))?;
        let is_bot = |provider: &Provider| provider.source.plugin.as_str() == PLUGIN;
        let provider = assembled.setup.providers.get(&parsed).filter(|provider| is_bot(provider)).cloned();
        let provider = provider.ok_or_else(|| {
            let bots: Vec<&str> = assembled
                .setup
                .providers
                .iter()
                .filter(|provider| is_bot(provider))
                .map(|provider| provider.name.as_str())
                .collect();
            let hint = match bots.is_empty() {
                true => {
                    format!("set TELEGRAM_BOT_TOKEN, or write [providers.{name}] with plugin = \"{PLUGIN}\"")
                }
                false => format!("bots are: {}; choose one with --name", bots.join(", ")),
            };
            Failure::new(format!("there is no Telegram bot {name}"), hint)
        })?;
        let client = Client::new()
            .map_err(|_| Failure::new("TLS cannot be set up", "check the certificates of this machine"))?;
        Ok(Self { provider, assembled, client })
    }

    /// Calls a method; gives its result.
    pub(super) async fn call(&self, method: &str, parameters: &Value) -> Result<Value, Failure> {
        let call = Call {
            endpoint: ENDPOINT.into(),
            method: "POST".into(),
            target: Target::Path(format!("/{method}")),
            query: Vec::new(),
            headers: vec![("content-type".into(), "application/json".into())],
            payload: Payload::Bytes(parameters.to_string().into_bytes()),
            save: false,
            buckets: Vec::new(),
        };
        let prepared = prepare(&self.provider, &call).map_err(|refused| self.refused(&refused))?;
        let host = prepared.url.host_str().unwrap_or_default().to_owned();
        match self.client.call(prepared, &self.assembled.setup.redactor).await {
            Answer::Response(response) => {
                let body = serde_json::from_slice(&response.body).unwrap_or(Value::Null);
                result(method, response.status, body)
            }
            Answer::Saved { .. } => result(method, 200, Value::Null),
            Answer::Unanswered { reason, .. } => Err(Failure::new(
                format!("{host} did not answer {method} ({reason})"),
                "check the network, and the setting api_url of the provider if there is one",
            )),
        }
    }

    fn refused(&self, refused: &Refused) -> Failure {
        let name = &self.provider.name;
        let hint = match refused {
            Refused::NotGranted(not_granted) => not_granted.hint(),
            Refused::NeedsGrant(_) => format!("look at what it asks for: hookhost plugin grant {name}"),
            Refused::NoSecret(missing) => {
                let is_this = |fault: &SecretFault| matches!(fault, SecretFault::Missing { secret, .. } if secret == missing);
                let problem = self.provider.secrets.problems.iter().find(|problem| is_this(&problem.fault));
                problem.map_or_else(String::new, |problem| problem.hint())
            }
            Refused::BadSetting(setting) => format!("correct settings.{setting} in [providers.{name}]"),
            Refused::NotAllowed(_) => String::new(),
        };
        Failure::new(format!("provider {name}: {refused}"), hint)
    }
}

/// What an answer brought, or what is wrong and the next step.
fn result(method: &str, status: u16, mut body: Value) -> Result<Value, Failure> {
    if body["ok"] == true {
        return Ok(body["result"].take());
    }
    let code = body["error_code"].as_u64().unwrap_or_else(|| status.into());
    let description = body["description"].as_str().unwrap_or("it gave no reason");
    let hint = match code {
        401 | 404 => "the bot's token is not known there: set it to what BotFather gave out".to_owned(),
        429 => match body["parameters"]["retry_after"].as_u64() {
            Some(seconds) => format!("try again in {seconds} seconds"),
            None => "try again later".to_owned(),
        },
        400 if description.contains("webhook") => {
            "Telegram delivers to public https addresses on the ports 443, 80, 88 and 8443".to_owned()
        }
        500.. => "try again later".to_owned(),
        _ => String::new(),
    };
    Err(Failure::new(format!("Telegram refused {method}: {code}: {description}"), hint))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_refusal_says_what_to_do_next() {
        for (status, body, expected) in [
            (401, json!({"error_code": 401, "description": "Unauthorized"}), "BotFather"),
            (404, Value::Null, "BotFather"),
            (429, json!({"parameters": {"retry_after": 7}}), "in 7 seconds"),
            (400, json!({"description": "Bad Request: bad webhook: IP address is reserved"}), "443, 80, 88"),
            (502, Value::Null, "later"),
        ] {
            let failure = result("setWebhook", status, body).unwrap_err().to_string();
            assert!(failure.starts_with("error: Telegram refused setWebhook: "), "{failure}");
            assert!(failure.contains(expected), "{failure}");
        }
        assert_eq!(result("getMe", 200, json!({"ok": true, "result": 7})).unwrap(), 7);
    }
}
