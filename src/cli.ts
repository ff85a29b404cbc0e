#!/usr/bin/env node
import { command } from './command.js';
import { processTerminal } from './terminal.js';

process.exitCode = await command(process.argv.slice(2), processTerminal());
if (process.exitCode === 130) process.exit(130);
