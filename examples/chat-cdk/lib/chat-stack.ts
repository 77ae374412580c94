import * as path from "node:path";
import { CfnOutput, Duration, Stack, StackProps } from "aws-cdk-lib";
import { CorsHttpMethod, HttpApi, HttpMethod, WebSocketApi, WebSocketStage } from "aws-cdk-lib/aws-apigatewayv2";
import { HttpLambdaIntegration, WebSocketLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { Code, Function, Runtime } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";

/** A chat: a WebSocket API whose messages reach the sender back, and an HTTP API beside it. */
export class ChatStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    const handler = (name: string, environment: Record<string, string> = {}) =>
      new Function(this, name, {
        runtime: Runtime.NODEJS_22_X,
        code: Code.fromAsset(path.join(__dirname, "..", "src")),
        handler: `${name.toLowerCase()}.handler`,
        timeout: Duration.seconds(10),
        environment,
      });

    const chat = new WebSocketApi(this, "Socket", { routeSelectionExpression: "$request.body.action" });
    const speak = handler("Speak");
    chat.addRoute("$default", {
      integration: new WebSocketLambdaIntegration("Speak", speak),
      returnResponse: true,
    });
    chat.grantManageConnections(speak);
    const stage = new WebSocketStage(this, "Live", { webSocketApi: chat, stageName: "live", autoDeploy: true });

    const site = new HttpApi(this, "Site", {
      corsPreflight: { allowOrigins: ["*"], allowMethods: [CorsHttpMethod.GET] },
    });
    site.addRoutes({
      path: "/rooms/{room}",
      methods: [HttpMethod.GET],
      integration: new HttpLambdaIntegration("Rooms", handler("Rooms", { SOCKET: stage.url })),
    });

    new CfnOutput(this, "SocketUrl", { value: stage.url });
    new CfnOutput(this, "SiteUrl", { value: site.apiEndpoint });
  }
}
