// Search over an index that the site was built with. It is a script and not fetched, so that
// it works from files too, and it is loaded when somebody begins to search.
(() => {
  'use strict';
  const root = document.querySelector('link[rel=stylesheet]').getAttribute('href').replace(/[^/]*$/, '');
  const input = document.getElementById('search');
  const list = document.getElementById('found');
  const count = document.getElementById('found-count');
  const most = 12;

  let loading;
  const load = () => loading ??= new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = `${root}search-index.js`;
    script.onload = () => resolve(window.pages.map((p) => ({ ...p, low: p.text.toLowerCase(), name: p.title.toLowerCase() })));
    script.onerror = () => { loading = undefined; reject(new Error('the index cannot be loaded')); };
    document.head.append(script);
  });

  // Every word must be on the page; a word in the title counts most, then in a heading.
  const score = (page, words) => {
    let sum = 0;
    let heading;
    for (const word of words) {
      const title = page.name.includes(word);
      const under = page.headings.find(([, text]) => text.toLowerCase().includes(word));
      if (!title && !under && !page.low.includes(word)) return { sum: 0 };
      heading ??= under;
      sum += (title ? 20 : 0) + (under ? 8 : 0) + Math.min(5, page.low.split(word).length - 1);
    }
    return { sum, heading };
  };

  const excerpt = (page, word) => {
    const at = Math.max(0, page.low.indexOf(word));
    const from = Math.max(0, page.text.lastIndexOf(' ', Math.max(0, at - 50)));
    const part = page.text.slice(from, at + 110);
    const here = part.toLowerCase().indexOf(word);
    const line = document.createElement('span');
    if (here < 0) { line.textContent = part; return line; }
    const mark = document.createElement('mark');
    mark.textContent = part.slice(here, here + word.length);
    line.append(part.slice(0, here), mark, part.slice(here + word.length));
    return line;
  };

  const show = (found, words) => {
    list.replaceChildren(...found.slice(0, most).map(({ page, heading }) => {
      const item = document.createElement('li');
      const link = document.createElement('a');
      const title = document.createElement('b');
      link.href = root + page.at + (heading ? `#${heading[0]}` : '');
      title.textContent = page.title + (heading ? ` › ${heading[1]}` : '');
      link.append(title, excerpt(page, words[0]));
      item.append(link);
      return item;
    }));
    list.hidden = found.length === 0;
    count.textContent = `${found.length} pages found`;
    if (found.length === 0) {
      const item = document.createElement('li');
      item.textContent = 'No page has all of these words.';
      list.replaceChildren(item);
      list.hidden = false;
    }
  };

  const search = async () => {
    const words = input.value.toLowerCase().split(/\s+/).filter((w) => w.length > 1).slice(0, 8);
    if (words.length === 0) { list.hidden = true; count.textContent = ''; return; }
    const asked = input.value;
    let pages;
    try { pages = await load(); } catch (e) { count.textContent = e.message; return; }
    if (asked !== input.value) return;
    show(pages.map((page) => ({ page, ...score(page, words) })).filter((f) => f.sum > 0).sort((a, b) => b.sum - a.sum), words);
  };

  input.addEventListener('input', search);
  document.addEventListener('keydown', (e) => {
    if (e.key === '/' && !/^(INPUT|TEXTAREA)$/.test(document.activeElement.tagName)) { e.preventDefault(); input.focus(); }
    if (e.key === 'Escape') { list.hidden = true; input.blur(); }
    if ((e.key === 'ArrowDown' || e.key === 'ArrowUp') && !list.hidden) {
      const links = [input, ...list.querySelectorAll('a')];
      const at = links.indexOf(document.activeElement) + (e.key === 'ArrowDown' ? 1 : -1);
      if (links[at]) { e.preventDefault(); links[at].focus(); }
    }
    if (e.key === 'Enter' && document.activeElement === input) list.querySelector('a')?.click();
  });
  document.addEventListener('click', (e) => { if (!list.contains(e.target) && e.target !== input) list.hidden = true; });
  if (new URLSearchParams(location.search).has('q')) { input.value = new URLSearchParams(location.search).get('q'); search(); }
})();
