// A single-page application of a few lines, on oidc-client-ts. The test gives SETTINGS and drives it.
const { UserManager, WebStorageStateStore } = oidc;
const here = location.origin;
const manager = new UserManager({
  redirect_uri: `${here}/cb.html`,
  popup_redirect_uri: `${here}/popup.html`,
  silent_redirect_uri: `${here}/silent.html`,
  post_logout_redirect_uri: `${here}/`,
  loadUserInfo: true,
  userStore: new WebStorageStateStore({ store: sessionStorage }),
  ...SETTINGS,
});
const told = [];
manager.events.addUserSignedOut(() => told.push("signed out"));

const show = (user) => {
  document.title = user ? `Hello, ${user.profile.name}` : "Nobody";
};

if (location.pathname === "/cb.html") {
  manager.signinCallback().then(() => location.replace("/"), (error) => (document.title = `Error: ${error.message}`));
} else if (location.pathname === "/popup.html") {
  manager.signinPopupCallback();
} else if (location.pathname === "/silent.html") {
  manager.signinSilentCallback();
} else if (location.search) {
  manager.signoutRedirectCallback().then((answer) => (document.title = `Signed out: ${answer.userState}`));
} else {
  manager.getUser().then(show);
}
