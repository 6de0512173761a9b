import { z } from 'zod';
import { flag, named } from './kinds.js';

export const login = named(
  'Login',
  z.strictObject({ token: z.string().min(1).max(4096).describe('The token of http.token_file.') }),
);

export const loginState = named(
  'LoginState',
  z.strictObject({
    isRequired: flag('Requests need the token, or the cookie that logging in gives.'),
    isLoggedIn: flag('This request had one of them.'),
  }),
);

export type LoginState = z.output<typeof loginState>;
