// Writes YAML for people: texts as JSON has them, which YAML reads too (YAML 1.2, section 1.3).

const plain = /^[A-Za-z_$][\w$./-]*$/;
const word = (text) => (plain.test(text) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(text) ? text : JSON.stringify(text));

/** write(value) is a document of objects, lists, texts, numbers and truth values. */
export function write(value, indent = '') {
  if (Array.isArray(value) && value.length) return value.map((v) => `${indent}- ${write(v, indent + '  ').trimStart()}`).join('');
  if (value && typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length) {
    return Object.entries(value).map(([name, v]) => {
      const nested = v && typeof v === 'object' && Object.keys(v).length;
      return `${indent}${word(name)}:${nested ? '\n' + write(v, indent + '  ') : ' ' + write(v)}`;
    }).join('');
  }
  return (typeof value === 'string' ? word(value) : JSON.stringify(value)) + '\n';
}
