import type { Alert, AlertKind } from './alert-policy.ts';
import type { AlertTarget } from './alert-settings.ts';
import { type AlertOrigin, describeAlert, fillTemplate } from './alert-text.ts';

/** What is done to deliver an alert: one HTTP request, or one program. */
export type AlertRequest =
  | {
      readonly kind: 'http';
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  | {
      readonly kind: 'program';
      readonly command: readonly [string, ...string[]];
      /** Variables beside those of the host. */
      readonly env: Readonly<Record<string, string>>;
    };

/** Secrets of a target, read from the files that it names. */
export interface TargetSecrets {
  readonly token?: string;
  readonly url?: string;
}

const TELEGRAM = 'https://api.telegram.org';
/** https://core.telegram.org/bots/api#sendmessage: 4096 characters at most. */
const TELEGRAM_CHARS = 4_096;

const urgency: Readonly<Record<AlertKind, { readonly priority: 3 | 4 | 5; readonly tag: string }>> = {
  down: { priority: 4, tag: 'warning' },
  'given-up': { priority: 5, tag: 'rotating_light' },
  back: { priority: 3, tag: 'white_check_mark' },
  'held-back': { priority: 3, tag: 'warning' },
  recovery: { priority: 4, tag: 'ladder' },
  test: { priority: 3, tag: 'bell' },
};

function post(url: string, body: unknown, token?: string): AlertRequest {
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  return { kind: 'http', url, headers, body: JSON.stringify(body) };
}

/** https://docs.ntfy.sh/publish/#publish-as-json: to the server, with the topic in the body, so that any character may be said. */
function ntfy(address: string, alert: Alert, title: string, message: string, token: string | undefined): AlertRequest {
  const url = new URL(address);
  const parts = url.pathname.split('/').filter((part) => part !== '');
  const topic = parts.pop() ?? '';
  url.pathname = `/${parts.join('/')}`;
  const { priority, tag } = urgency[alert.kind];
  return post(url.href, { topic: decodeURIComponent(topic), title, message, priority, tags: [tag] }, token);
}

/** https://docs.slack.dev/messaging/formatting-message-text: these three characters start markup. */
function slackText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** The texts are arguments, never a part of the script. */
const appleScript = [
  ...['-e', 'on run argv'],
  ...['-e', 'display notification (item 2 of argv) with title (item 1 of argv)'],
  ...['-e', 'end run'],
];
const powerShell = [
  '[void][Windows.UI.Notifications.ToastNotificationManager, Windows.UI.Notifications, ContentType = WindowsRuntime]',
  '$xml = [Windows.UI.Notifications.ToastNotificationManager]::GetTemplateContent(1)',
  '$xml.GetElementsByTagName("text").Item(0).InnerText = $env:DESKCLAW_ALERT_TITLE',
  '$xml.GetElementsByTagName("text").Item(1).InnerText = $env:DESKCLAW_ALERT_TEXT',
  '[Windows.UI.Notifications.ToastNotificationManager]::CreateToastNotifier("DeskClaw").Show($xml)',
].join('; ');

function desktopCommand(title: string, text: string, platform: NodeJS.Platform): readonly [string, ...string[]] {
  if (platform === 'darwin') return ['/usr/bin/osascript', ...appleScript, title, text];
  if (platform === 'win32') return ['powershell.exe', '-NoProfile', '-Command', powerShell];
  return ['notify-send', '--app-name=DeskClaw', '--', title, text];
}

/** Says how an alert is delivered to a target. */
export function alertRequest(
  target: AlertTarget,
  secrets: TargetSecrets,
  alert: Alert,
  origin: AlertOrigin,
  platform: NodeJS.Platform,
  at: number,
): AlertRequest {
  const words = describeAlert(alert, origin);
  const { title } = words;
  const text = target.template === undefined ? words.text : fillTemplate(target.template, alert, origin);
  const whole = target.template === undefined ? `${title}\n${text}` : text;
  const document = { schema: 'deskclaw.alert/1', ...alert, ...origin, at: new Date(at).toISOString(), title, text };
  const env = {
    DESKCLAW_ALERT_KIND: alert.kind,
    DESKCLAW_ALERT_TITLE: title,
    DESKCLAW_ALERT_TEXT: text,
    DESKCLAW_ALERT: JSON.stringify(document),
  };
  switch (target.kind) {
    case 'webhook':
      return post(target.url, document, secrets.token);
    case 'ntfy':
      return ntfy(target.url, alert, title, text, secrets.token);
    case 'slack':
      return post(secrets.url ?? '', { text: slackText(whole) });
    case 'telegram':
      return post(`${(target.url ?? TELEGRAM).replace(/\/$/, '')}/bot${secrets.token ?? ''}/sendMessage`, {
        chat_id: target.chat,
        text: whole.slice(0, TELEGRAM_CHARS),
        link_preview_options: { is_disabled: true },
      });
    case 'command': {
      const [program = '', ...args] = target.command;
      return { kind: 'program', command: [program, ...args], env };
    }
    case 'desktop':
      return { kind: 'program', command: desktopCommand(title, text, platform), env };
    default:
      return target satisfies never;
  }
}
