/** Where an OpenAI-compatible server is and what to ask it for. */
export interface ModelServer {
  /** Our name for it. */
  readonly provider: string;
  /** Ends before `/chat/completions`, usually in `/v1`. */
  readonly baseUrl: string;
  readonly model: string;
  readonly apiKey?: string;
}
