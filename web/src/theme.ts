export type Theme = "auto" | "light" | "dark";

const key = "quarentena.theme";
const all: Theme[] = ["auto", "light", "dark"];

export const keptTheme = (): Theme => all.find((each) => each === localStorage.getItem(key)) ?? "auto";
export const nextTheme = (theme: Theme): Theme => all[(all.indexOf(theme) + 1) % all.length]!;

export function keepTheme(theme: Theme) {
  localStorage.setItem(key, theme);
  show(theme);
}

function show(theme: Theme) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

show(keptTheme());
