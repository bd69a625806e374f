// OAuth 2.0 Form Post Response Mode: send the form the page came with. Without script the person presses Continue.
document.forms[0]?.requestSubmit();
