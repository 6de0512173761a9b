/** Asks for the token. */
import { useState } from 'preact/hooks';
import { useLive } from '../live/live.js';
import { asFailure } from '../live/resource.js';

export function LoginView() {
  const { logIn } = useLive();
  const [token, setToken] = useState('');
  const [isAsking, setIsAsking] = useState(false);
  const [failure, setFailure] = useState<string>();
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setIsAsking(true);
    try {
      await logIn(token);
    } catch (error) {
      setFailure(asFailure(error).message);
    } finally {
      setIsAsking(false);
    }
  };
  return (
    <main class="login">
      <h1>MQTT-SN gateway</h1>
      <form onSubmit={(event) => void submit(event)}>
        <label for="token">Token</label>
        <input
          id="token"
          type="password"
          autocomplete="current-password"
          required
          value={token}
          onInput={({ currentTarget }) => setToken(currentTarget.value)}
          aria-describedby="token-hint"
        />
        <p id="token-hint" class="quiet">
          It is in the file that <code>http.token_file</code> of the configuration names.
        </p>
        <div role="alert">{failure !== undefined && <p class="banner bad">{failure}</p>}</div>
        <button type="submit" class="main" disabled={isAsking}>
          Log in
        </button>
      </form>
    </main>
  );
}
