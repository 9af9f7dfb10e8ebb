// What the address says is chosen; then all parts of the page are set up.
function chooseFromAddress() {
  const row = targetOf(location.hash);
  if (!row?.matches("tr")) return;
  choose(row);
  reveal(row);
}

setUpFacts();
setUpTables();
setUpCharts();
setUpNames();
setUpGraphs();
setUpContents();
addEventListener("hashchange", chooseFromAddress);
chooseFromAddress();
