/** `npm start`: from a fresh clone to a supervised gateway that has proven itself, until Ctrl-C. */
import { bootstrap } from './bootstrap.mjs';
import { firstRun } from './first-run/first-run.mjs';

try {
  await bootstrap();
  process.exitCode = await firstRun();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
