import { useState } from "preact/hooks";
import { type Days, type Problem, forgetToken, get, useToken as keepToken } from "./api";
import { Mark, ThemeButton } from "./app";
import { useWords } from "./format";

export function Login({ refused, enter, switchLanguage }: { refused: boolean; enter: () => void; switchLanguage: () => void }) {
  const { t } = useWords();
  const [text, setText] = useState("");
  const [asking, setAsking] = useState(false);
  const [wrong, setWrong] = useState(refused ? t.login.refused : "");

  const submit = async (event: Event) => {
    event.preventDefault();
    setAsking(true);
    keepToken(text);
    try {
      await get<Days>("/v1/days");
      enter();
    } catch (error) {
      forgetToken();
      const { status } = error as Problem;
      setWrong(status === 401 ? t.login.refused : status === 403 ? t.login.scope : t.login.unreachable);
      setAsking(false);
    }
  };

  return (
    <main class="login">
      <form class="card" onSubmit={submit}>
        <h1>
          <Mark />
          Quarentena
        </h1>
        <p class="soft">{t.login.about}</p>
        <label>
          {t.login.token}
          <input type="password" name="token" required autocomplete="off" spellcheck={false} value={text} autofocus
            placeholder="qrt_…" aria-describedby="how" aria-invalid={wrong !== ""} onInput={(event) => setText(event.currentTarget.value)} />
        </label>
        {wrong && (
          <p class="note bad" role="alert">
            {wrong}
          </p>
        )}
        <button class="main" disabled={asking}>
          {t.login.enter}
        </button>
        <p id="how" class="soft small">
          {t.login.how} <code>quarentena tokens create --name eu --scope read --scope check --scope explain</code>. {t.login.kept}
        </p>
        <p class="row">
          <button type="button" class="quiet" onClick={switchLanguage}>
            {t.language}
          </button>
          <ThemeButton />
        </p>
      </form>
    </main>
  );
}
