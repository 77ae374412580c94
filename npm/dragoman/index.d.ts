/** What a gateway is started with. */
export interface Options {
  /** A SAM or CloudFormation template, an assembly of the CDK, an OpenAPI document, or a folder
   * with one, which `dragoman up` serves with its functions. Without it the gateway is empty. */
  template?: string;
  /** A document as `dragoman export` writes it, that an empty gateway begins with. Not with template. */
  seed?: string;
  /** The port where APIs are served; 0, the default, takes a free one. */
  port?: number;
  /** More flags of `dragoman up`, or of `dragoman serve` without a template. */
  flags?: string[];
  /** The folder that relative paths begin at; the process's own by default. */
  cwd?: string;
  /** Variables of the environment besides the process's own. */
  env?: Record<string, string>;
  /** The binary; that of the package for this platform by default, or DRAGOMAN_BINARY. */
  binary?: string;
  /** Milliseconds until the gateway must serve; 60000 by default. */
  timeout?: number;
}

/** An API of a template. */
export interface Api {
  logicalId: string;
  name: string;
  id: string;
  stages: string[];
  urls: string[];
}

/** A gateway that serves. */
export interface Dragoman {
  /** URL of the management API, for the endpoint of an AWS SDK. */
  readonly management: string;
  /** URL where APIs are served. */
  readonly data: string;
  /** The APIs of the template; none without one. */
  readonly apis: Api[];
  /** The outputs of the template. */
  readonly outputs: Record<string, string>;
  /** Where an API is called: one of the template by its logical id, name or id, with http: or ws: as it
   * has; any other by its id. The stage is needed where the URL does not have it. */
  url(api: string, stage?: string): string;
  /** Where clients of a WebSocket API connect. */
  webSocketUrl(api: string, stage: string): string;
  /** Removes everything that is configured; without a template alone. */
  reset(): Promise<void>;
  /** Ends the gateway, and resolves when it has ended. */
  stop(): Promise<void>;
}

/** Starts a gateway and resolves when it can be called. */
export function startDragoman(options?: Options): Promise<Dragoman>;

/** The path of the binary for this platform. */
export function binaryPath(): string;
