import { useSnapshot } from '../app-context.tsx';
import { type ScreenName, screens } from '../navigation.ts';
import { Icon, type IconName } from './icons.tsx';
import './sidebar.css';
import { chooseTheme, type Theme, themes, useTheme } from '../theme.ts';

const themeOptions: Readonly<Record<Theme, { readonly icon: IconName; readonly label: string }>> = {
  system: { icon: 'auto', label: 'System' },
  light: { icon: 'sun', label: 'Light' },
  dark: { icon: 'moon', label: 'Dark' },
};

function ThemeSwitch() {
  const chosen = useTheme();
  return (
    <fieldset className="theme-switch">
      <legend className="visually-hidden">Theme</legend>
      {themes.map((theme) => (
        <label key={theme} title={themeOptions[theme].label}>
          <input
            type="radio"
            name="theme"
            value={theme}
            checked={chosen === theme}
            onChange={() => chooseTheme(theme)}
            aria-label={themeOptions[theme].label}
          />
          <Icon name={themeOptions[theme].icon} />
        </label>
      ))}
    </fieldset>
  );
}

export const screenNames: Readonly<Record<ScreenName, string>> = { overview: 'Overview', logs: 'Logs' };
const screenIcons: Readonly<Record<ScreenName, IconName>> = { overview: 'overview', logs: 'logs' };

function Mark() {
  return (
    <svg className="mark" width="26" height="26" viewBox="0 0 26 26" aria-hidden="true" focusable="false">
      <rect width="26" height="26" rx="7.5" fill="currentColor" />
      <path className="mark-claw" d="M14.7 5.7A7.5 7.5 0 1 0 20.3 11.3" />
      <circle className="mark-hold" cx="18.6" cy="7.4" r="2.1" />
    </svg>
  );
}

export function Sidebar({ screen }: { readonly screen: ScreenName }) {
  const { host } = useSnapshot();
  return (
    <aside className="sidebar" aria-label="DeskClaw">
      <p className="wordmark">
        <Mark />
        <span className="wordmark-name">DeskClaw</span>
      </p>
      <nav aria-label="Screens">
        <ul>
          {screens.map((name) => (
            <li key={name}>
              <a href={`#${name}`} aria-current={name === screen ? 'page' : undefined} title={screenNames[name]}>
                <Icon name={screenIcons[name]} />
                <span className="nav-label">{screenNames[name]}</span>
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <div className="sidebar-foot">
        {host === undefined ? null : (
          <dl className="host-facts">
            <div>
              <dt>Profile</dt>
              <dd>{host.profile}</dd>
            </div>
            <div>
              <dt>Service</dt>
              <dd>pid {host.pid}</dd>
            </div>
          </dl>
        )}
        <ThemeSwitch />
      </div>
    </aside>
  );
}
