/** Keeps one small text; whole or not at all. */
export interface RecordStore {
  /** `undefined`: there is none. */
  load(): Promise<string | undefined>;
  save(text: string): Promise<void>;
  clear(): Promise<void>;
}
