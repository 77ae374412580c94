/** open fills the page Live. */
export async function open(page) {
  page.show('Live');
}
