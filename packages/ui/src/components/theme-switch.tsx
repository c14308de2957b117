import { chooseTheme, type Theme, themes, useTheme } from '../theme.ts';
import { Icon, type IconName } from './icons.tsx';

const themeOptions: Readonly<Record<Theme, { readonly icon: IconName; readonly label: string }>> = {
  system: { icon: 'auto', label: 'As the system' },
  light: { icon: 'sun', label: 'Light' },
  dark: { icon: 'moon', label: 'Dark' },
};

export function ThemeSwitch() {
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
