import json

import boto3


def handler(event, context):
    at = event["requestContext"]
    message = json.loads(event["body"])
    if at["routeKey"] == "who":
        return answer({"you": at["connectionId"]})

    connections = boto3.client("apigatewaymanagementapi", endpoint_url=f"https://{at['domainName']}/{at['stage']}")
    try:
        connections.post_to_connection(
            ConnectionId=message["to"],
            Data=json.dumps({"from": at["connectionId"], "text": message["text"]}).encode(),
        )
    except connections.exceptions.GoneException:
        return answer({"gone": message["to"]})
    return answer({"told": message["to"]})


def answer(body):
    return {"statusCode": 200, "body": json.dumps(body)}
