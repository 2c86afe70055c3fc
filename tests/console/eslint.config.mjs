export { default } from '../../console/eslint.config.js';
