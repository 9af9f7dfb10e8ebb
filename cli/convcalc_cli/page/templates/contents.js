// Links to the sections, which stay in sight; the one that is read is marked.
function setUpContents() {
  const heads = [...document.querySelectorAll("main h2[id]")];
  let nav = document.querySelector("main > nav");
  if (!nav && heads.length > 2) {
    nav = element("nav", {"aria-label": "Contents"}, element("ul"));
    for (const head of heads) {
      const link = element("a", {href: `#${head.id}`}, head.textContent);
      nav.firstChild.append(element("li", {}, link));
    }
    document.querySelector("h1").after(nav);
  }
  if (!nav) return;
  const links = new Map([...nav.querySelectorAll("a")].map(link => [link.getAttribute("href"), link]));
  const seen = new IntersectionObserver(entries => {
    const entry = entries.find(each => each.isIntersecting);
    if (!entry) return;
    for (const link of links.values()) link.removeAttribute("aria-current");
    links.get(`#${entry.target.id}`)?.setAttribute("aria-current", "true");
  }, {rootMargin: "0px 0px -70% 0px"});
  for (const head of heads) seen.observe(head);
}
