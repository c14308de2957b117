import { build } from './setup/build.mjs';
import { install } from './setup/install.mjs';

/** From a fresh clone to built programs; about a second when nothing has changed. Rejects with what to do. */
export async function bootstrap() {
  await install();
  await build();
}
