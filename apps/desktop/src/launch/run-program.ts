import { execFile } from 'node:child_process';

/** Long for a short question to a program on this machine, short for a person who waits for it. */
const TIMEOUT_MS = 1_000;

export type RunProgram = (file: string, args: readonly string[]) => Promise<string>;

/** Resolves to what it printed. @throws where it is missing, fails, or takes too long. */
export const runProgram: RunProgram = (file, args) =>
  new Promise((resolve, reject) => {
    execFile(file, [...args], { timeout: TIMEOUT_MS, windowsHide: true }, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(error);
    });
  });
