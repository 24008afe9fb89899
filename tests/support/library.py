"""Signs and checks with the senders' own libraries: sign|check LIBRARY SECRET URL BODY_FILE [HEADERS_FILE]."""
import datetime
import sys
import time
from urllib.parse import parse_qsl


def pairs(text):
    return dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)


def stripe(secret, url, body, headers):
    from stripe import WebhookSignature

    if headers is None:
        now = int(time.time())
        signature = WebhookSignature._compute_signature(f"{now}.{body}", secret)
        return {"Stripe-Signature": f"t={now},v1={signature}"}
    return WebhookSignature.verify_header(body, headers["stripe-signature"], secret, 300)


def slack_sdk(secret, url, body, headers):
    from slack_sdk.signature import SignatureVerifier

    verifier = SignatureVerifier(secret)
    if headers is None:
        now = str(int(time.time()))
        signature = verifier.generate_signature(timestamp=now, body=body)
        return {"X-Slack-Request-Timestamp": now, "X-Slack-Signature": signature}
    return verifier.is_valid_request(body, headers)


def twilio(secret, url, body, headers):
    from twilio.request_validator import RequestValidator

    validator, form = RequestValidator(secret), dict(parse_qsl(body))
    if headers is None:
        return {"X-Twilio-Signature": validator.compute_signature(url, form)}
    return validator.validate(url, form, headers["x-twilio-signature"])


def standard(library, prefix):
    def both(secret, url, body, headers):
        webhook = __import__(library).__dict__["Webhook"] if library == "svix" else None
        if webhook is None:
            from standardwebhooks.webhooks import Webhook as webhook
        webhook = webhook(secret)
        if headers is None:
            now = datetime.datetime.now(datetime.timezone.utc)
            signature = webhook.sign("msg_1", now, body)
            stamp = str(int(now.timestamp()))
            return {f"{prefix}-id": "msg_1", f"{prefix}-timestamp": stamp, f"{prefix}-signature": signature}
        webhook.verify(body, headers)
        return True

    return both


LIBRARIES = {
    "stripe": stripe,
    "slack_sdk": slack_sdk,
    "twilio": twilio,
    "standardwebhooks": standard("standardwebhooks", "webhook"),
    "svix": standard("svix", "svix"),
}

action, library, secret, url, body_file, *headers_file = sys.argv[1:]
body = open(body_file, encoding="utf-8").read()
headers = pairs(open(headers_file[0]).read()) if headers_file else None
answer = LIBRARIES[library](secret, url, body, headers)
if action == "sign":
    for name, value in answer.items():
        print(f"{name}: {value}")
else:
    print("genuine" if answer else "refused")
