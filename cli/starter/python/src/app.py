import json
import os
import pathlib

import people
from connections import post

PAGE = pathlib.Path(__file__).with_name("page.html").read_text()


def handler(event, context):
    request = event["requestContext"]
    route = request["routeKey"]
    if route == "$connect":
        people.join(request["connectionId"])
    elif route == "$disconnect":
        people.leave(request["connectionId"])
    elif route == "say":
        message = json.dumps({"from": request["connectionId"][:4], "text": json.loads(event["body"])["text"]})
        for person in people.everybody():
            status = post(f"https://{request['domainName']}/{request['stage']}", person, message)
            if status == 410:  # gone without a word
                people.leave(person)
    elif route == "GET /people":
        return {"people": len(people.everybody())}
    elif route == "GET /":
        body = PAGE.replace("CHAT_URL", os.environ["CHAT_URL"])
        return {"statusCode": 200, "headers": {"content-type": "text/html; charset=utf-8"}, "body": body}
    return {"statusCode": 200}
