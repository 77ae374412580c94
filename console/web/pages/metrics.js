/** open fills the page Metrics. */
export async function open(page) {
  page.show('Metrics');
}
