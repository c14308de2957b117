import { text } from './guard.ts';

/** Ids that people and files can carry: no spaces, no control characters. */
export const identifier = text({
  min: 1,
  max: 128,
  pattern: {
    expression: /^[A-Za-z0-9][A-Za-z0-9._:-]*$/,
    means: 'letters, digits and . _ : - (starting with a letter or digit)',
  },
});

export const sessionKey = text({
  min: 1,
  max: 512,
  pattern: { expression: /^[^\p{Cc}]+$/u, means: 'free of control characters' },
});

export const chatMessage = text({ min: 1, max: 262_144 });

export const idempotencyKey = text({
  min: 1,
  max: 256,
  pattern: { expression: /^[^\p{Cc}]+$/u, means: 'free of control characters' },
});
