/** A key and its certificate for servers on the loopback in tests; whoever has this repository has them, so they protect nothing. */
export const localhostKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg8lc3XR9Pawwd16XI
W3aU8a8luVqggdK2bZmrdFPTIzihRANCAAS/8gLoBllOHmpsc4nS8r4fXcCobdrz
7ivHcIwwzPke+B4L+2kxR5V61v4H0ESQ4SUbV7aD64G6X3o9xWqeS+RE
-----END PRIVATE KEY-----
`;

export const localhostCertificate = `-----BEGIN CERTIFICATE-----
MIIBnDCCAUGgAwIBAgIUHFJXNyzZ0XPJdx/1tz4qnkPDcqgwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMjIwMDQxNloYDzIxMjYxMDI5
MjAwNDE2WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAS/8gLoBllOHmpsc4nS8r4fXcCobdrz7ivHcIwwzPke+B4L+2kxR5V6
1v4H0ESQ4SUbV7aD64G6X3o9xWqeS+REo28wbTAdBgNVHQ4EFgQUvJ5xf/K6Eqj7
iro5fFpqGxn/APQwHwYDVR0jBBgwFoAUvJ5xf/K6Eqj7iro5fFpqGxn/APQwGgYD
VR0RBBMwEYIJbG9jYWxob3N0hwR/AAABMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZI
zj0EAwIDSQAwRgIhAP5EDpp/6AyNMYo0M1QKyUWUy22h8ibkBlsS+HXYSONrAiEA
7ZQOsfRAt0iKhW1VgBIm1ErjxilJsE2o6SnuT9lMoHo=
-----END CERTIFICATE-----
`;
