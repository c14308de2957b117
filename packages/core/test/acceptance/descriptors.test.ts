import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { gatewayCommand } from '../manager/builtin.ts';

it.skipIf(process.platform === 'win32')(
  'E2: a program without a free descriptor is told the limit, does not fail of it, and can start when there is room',
  async () => {
    const words = [process.execPath, join(import.meta.dirname, 'starved-program.ts'), ...gatewayCommand()];
    const program = spawn('sh', ['-c', 'ulimit -n 96; exec "$@"', 'sh', ...words], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const [report]: unknown[] = await once(program, 'message');
    expect(report).toEqual({ starved: 'system.limit', fed: 'started', faults: [] });
    expect(await once(program, 'exit')).toEqual([0, null]);
  },
);
