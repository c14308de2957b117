export interface Random {
  /** A fresh unguessable identifier (RFC 9562 version 4). */
  uuid(): string;
}

export const systemRandom: Random = { uuid: () => crypto.randomUUID() };
