"""Reads calls of the Bot API from standard input and gives each to aiogram and python-telegram-bot.

Both must know the method, every parameter and every field inside of it, and take every value for its type.
"""

import inspect
import json
import re
import sys

try:
    import aiogram
    import aiogram.methods
    import pydantic
    import telegram
except ImportError as missing:
    print(f"{missing} (pip install aiogram python-telegram-bot)")
    sys.exit(3)


def unknown(value, place):
    """The fields that aiogram kept without knowing them."""
    if isinstance(value, pydantic.BaseModel):
        for name in value.model_extra or {}:
            yield f"{place}.{name}"
        for name in type(value).model_fields:
            yield from unknown(getattr(value, name), f"{place}.{name}")
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from unknown(item, place)


def by_aiogram(method, parameters):
    model = getattr(aiogram.methods, method[0].upper() + method[1:])
    read = model.model_validate(parameters)
    yield from unknown(read, method)


# What python-telegram-bot reads these parameters with; it has no types for whole calls.
TYPES = {
    "entities": telegram.MessageEntity,
    "caption_entities": telegram.MessageEntity,
    "reply_parameters": telegram.ReplyParameters,
    "reaction": telegram.ReactionType,
    "options": telegram.PollOption,
}


def by_telegram(method, parameters):
    called = getattr(telegram.Bot, re.sub("([A-Z])", lambda c: "_" + c[0].lower(), method))
    known = inspect.signature(called).parameters
    for name, value in parameters.items():
        if name not in known:
            yield f"{method}.{name}"
        if name == "reply_markup":
            if "inline_keyboard" in value:
                keyboard = telegram.InlineKeyboardMarkup.de_json(value, None)
                parts = [keyboard, *(key for row in keyboard.inline_keyboard for key in row)]
            else:
                parts = [telegram.ReplyKeyboardMarkup(**value)]
        elif name in TYPES and name != "options":
            items = value if isinstance(value, list) else [value]
            parts = [TYPES[name].de_json(item, None) for item in items]
        else:
            parts = []
        for part in parts:
            for field in part.api_kwargs:
                yield f"{method}.{name}.{field}"


calls = json.load(sys.stdin)
wrong = []
for call in calls:
    for library in (by_aiogram, by_telegram):
        try:
            wrong += [f"{library.__name__}: {field} is not known" for field in library(call["method"], call["parameters"])]
        except Exception as error:
            wrong.append(f"{library.__name__}: {call}: {error!r}")
print(f"{len(calls)} calls, aiogram {aiogram.__version__}, python-telegram-bot {telegram.__version__}")
print("\n".join(wrong))
sys.exit(1 if wrong else 0)
