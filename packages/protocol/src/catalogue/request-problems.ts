import { again, type Catalogue, duration, help, logs, plain, shellWord, start, status } from './entry.ts';

export const requestProblems = {
  'method.not-offered': {
    title: 'This gateway does not offer that method',
    retryable: false,
    detail: (f) =>
      `The gateway${f.version === undefined ? '' : ` (version ${f.version})`} has no method "${f.method}".`,
    actions: () => [{ id: 'methods', label: 'List the methods it offers', command: 'deskclaw methods' }],
  },
  'request.timeout': {
    title: 'The gateway did not answer in time',
    retryable: true,
    detail: (f) =>
      f.sent === false
        ? `"${f.method}" waited ${duration(f.timeoutMs)} for its turn and was never sent.`
        : `No answer to "${f.method}" within ${duration(f.timeoutMs)}. Whether it took effect is unknown.`,
    actions: (f) => [
      {
        id: 'longer',
        label: 'Wait longer',
        command: `deskclaw call ${shellWord(f.method)} --timeout ${String(Math.ceil((4 * f.timeoutMs) / 1000))}`,
      },
      status,
    ],
  },
  'request.cancelled': {
    title: 'The request was cancelled',
    retryable: true,
    detail: (f) => `"${f.method}" was cancelled by its caller.`,
    actions: () => [again],
  },
  'request.overloaded': {
    title: 'Too many requests are in progress',
    retryable: true,
    detail: (f) => `The limit of ${f.limit} is reached.`,
    actions: () => [{ id: 'wait', label: 'Wait until some of them finish, then try again' }],
  },
  'request.invalid': plain('The request is not valid', false, [help]),
  'command.invalid': {
    title: 'The command line is not valid',
    retryable: false,
    detail: (f) => f.detail,
    actions: (f) => [{ id: 'help', label: 'Show the help', command: f.help }],
  },
  'rpc.error': {
    title: 'The gateway answered with an error',
    retryable: false,
    detail: (f) => {
      const words = `${f.message.replace(/\.$/, '')} (${String(f.code)}).`;
      if (f.unknownMethod !== true) return `${f.method}: ${words}`;
      return `The gateway knows no method "${f.method}", or not at this address; it says: ${words}`;
    },
    actions: (f) =>
      f.openclaw === undefined
        ? f.code === 'run failed'
          ? [
              {
                id: 'model',
                label: 'Correct or start the model server that the gateway uses, then send the message again',
              },
            ]
          : [{ id: 'methods', label: 'List the methods it offers', command: 'deskclaw methods' }, logs]
        : [
            {
              id: 'show-models',
              label: 'Show which model OpenClaw uses and whether it has access',
              command: `${f.openclaw} models status`,
            },
            {
              id: 'choose-model',
              label: 'Choose a model and log in to it',
              command: `${f.openclaw} configure --section model`,
            },
            logs,
          ],
  },
  'delivery.unconfirmed': plain('It is unknown whether the gateway acted on the message', true, [
    { id: 'history', label: 'Show the chat history of the gateway', command: 'deskclaw call chat.history' },
    status,
  ]),
  aborted: plain('The operation was stopped before it finished', true, [status, start]),
} satisfies Partial<Catalogue>;
