export interface HttpResponse {
  readonly status: number;
  readonly contentType: string;
  /** Cut off after 64 KiB. */
  readonly body: string;
}

/** One small GET; `undefined` stands for no answer, with the reason in words. */
export interface Http {
  get(url: string, timeoutMs: number): Promise<HttpResponse | { readonly failure: string }>;
}
