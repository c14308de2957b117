#!/usr/bin/env node
import { main } from './program/run.ts';

await main(process.argv.slice(2));
