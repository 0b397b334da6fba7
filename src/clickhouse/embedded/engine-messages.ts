/** What parent and engine process say to each other over the IPC channel. The password travels here and not in argv. */

export interface StartMessage {
  readonly type: 'start';
  readonly dataDir: string;
  readonly port: number;
  readonly password: string;
}

export interface StopMessage {
  readonly type: 'stop';
}

export type ToEngine = StartMessage | StopMessage;

export type FromEngine =
  | { readonly type: 'ready'; readonly version: string }
  /** The process ends after this. `permanent` failures do not get better by trying again. */
  | { readonly type: 'failed'; readonly reason: string; readonly permanent: boolean };
