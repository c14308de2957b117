import { chooseTheme, type Theme, themes, useTheme } from '../theme.ts';
import { Icon, type IconName } from './icons.tsx';

const faces: Readonly<Record<Theme, { readonly icon: IconName; readonly label: string }>> = {
  system: { icon: 'auto', label: 'As the system' },
  light: { icon: 'sun', label: 'Light' },
  dark: { icon: 'moon', label: 'Dark' },
};

export function ThemeSwitch() {
  const chosen = useTheme();
  return (
    <fieldset className="theme-switch">
      <legend className="for-readers">Theme</legend>
      {themes.map((theme) => (
        <label key={theme} title={faces[theme].label}>
          <input
            type="radio"
            name="theme"
            value={theme}
            checked={chosen === theme}
            onChange={() => chooseTheme(theme)}
            aria-label={faces[theme].label}
          />
          <Icon name={faces[theme].icon} />
        </label>
      ))}
    </fieldset>
  );
}
