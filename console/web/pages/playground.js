/** open fills the page Playground. */
export async function open(page) {
  page.show('Playground');
}
