// Choosing a password: the link's token stands behind '#', which only this script sees; it goes on in the form's body.
const form = document.querySelector("#choose");
const fault = document.querySelector("#fault");
const token = form.elements.token;

if (location.hash.length > 1) {
  token.value = decodeURIComponent(location.hash.slice(1));
  history.replaceState(null, "", location.pathname); // it stays in no history
}
if (!token.value && !form.dataset.forced) {
  fault.textContent = fault.dataset.noLink;
  fault.hidden = false;
  form.hidden = true;
}

document.querySelector("#show").addEventListener("change", (event) => {
  for (const name of ["password", "again"]) form.elements[name].type = event.target.checked ? "text" : "password";
});
