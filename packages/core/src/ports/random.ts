export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** A fresh unguessable identifier (RFC 9562 version 4). */
  uuid(): string;
}
