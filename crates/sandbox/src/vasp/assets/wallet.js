'use strict';

const POLL_MS = 1000;
const $ = (id) => document.getElementById(id);
const number = new Intl.NumberFormat('en');
const clock = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });
const sats = (amount) => `${number.format(amount ?? 0)} sats`;

let last = '';
let state = null;
let skew = 0;
const busy = new Set();

function element(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name === 'onclick') node.addEventListener('click', value);
    else if (value === true) node.setAttribute(name, '');
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child != null));
  return node;
}

async function call(path, body) {
  const options = body === undefined ? {} : {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body),
  };
  const answer = await fetch(path, options);
  const text = await answer.text();
  let data = {};
  try { data = JSON.parse(text); } catch { /* an empty answer */ }
  if (!answer.ok) throw new Error(data.message || `The sandbox responded with status ${answer.status}.`);
  return { text, data };
}

const person = () => {
  const wanted = decodeURIComponent(location.hash.slice(1));
  return state.users.find((user) => user.name === wanted) || state.users[0];
};

const isWaiting = (request) => request.state === 'pending' || request.state === 'paying';

function left(until) {
  const seconds = Math.floor((Date.parse(until) - (Date.now() + skew)) / 1000);
  if (seconds <= 0) return 'Expired. Nothing was paid.';
  const time = seconds >= 3600 ? `${Math.floor(seconds / 3600)} h ${Math.floor(seconds % 3600 / 60)} min`
    : seconds >= 60 ? `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s` : `${seconds} s`;
  return `${time} left`;
}

async function decide(request, verb) {
  busy.add(request.id);
  draw();
  try {
    await call(`/api/requests/${encodeURIComponent(request.id)}/${verb}`, {});
  } catch (error) {
    // The refreshed request contains the reason.
    console.info(error.message);
  }
  busy.delete(request.id);
  await refresh();
  draw();
}

function card(request) {
  const paying = request.state === 'paying' || busy.has(request.id);
  return element('article', { class: 'request', 'data-request': request.id },
    element('p', { class: 'sum' }, sats(request.amount_sats)),
    element('p', { class: 'who' }, 'to ', element('strong', {}, request.payee)),
    request.trouble ? element('p', { class: 'trouble' }, `Payment failed: ${request.trouble}. You can try again.`) : null,
    request.expires_at ? element('p', { class: 'quiet', 'data-until': request.expires_at }, left(request.expires_at)) : null,
    element('div', { class: 'actions' },
      element('button', { type: 'button', disabled: paying, onclick: () => decide(request, 'decline') }, 'Decline'),
      element('button', { type: 'button', class: 'primary', disabled: paying, onclick: () => decide(request, 'approve') },
        paying ? 'Paying…' : `Pay ${sats(request.amount_sats)}`)));
}

const WORDS = {
  paid: ['✓', 'good', 'Paid'], declined: ['–', '', 'Declined'], failed: ['!', 'bad', 'Failed'],
  expired: ['⌛', '', 'Expired'], received: ['↓', 'good', 'Received'],
};

function line(entry) {
  const [sign, tone, word] = WORDS[entry.kind];
  return element('li', {},
    element('span', { class: `sign ${tone}`, 'aria-hidden': 'true' }, sign),
    element('span', { class: 'what' }, `${word}${entry.who ? ` · ${entry.who}` : ''}`,
      entry.why ? element('span', { class: 'quiet' }, element('br'), entry.why) : null,
      element('span', { class: 'quiet' }, element('br'), clock.format(new Date(entry.at)))),
    element('span', { class: 'sats' }, entry.sats == null ? '' : `${entry.kind === 'received' ? '+' : entry.kind === 'paid' ? '−' : ''}${number.format(entry.sats)}`));
}

function draw() {
  if (!state) return;
  const me = person();
  const waiting = (user) => state.requests.filter((request) => request.user === user.name && isWaiting(request));

  $('people').replaceChildren(...state.users.map((user) => {
    const count = waiting(user).length;
    return element('button', { type: 'button', 'aria-pressed': String(user === me), onclick: () => { location.hash = user.name; } },
      user.display_name, count ? element('span', { class: 'count', title: 'requests' }, String(count)) : null);
  }));
  $('balance').textContent = number.format(me.balance_sats);
  $('flying').textContent = me.in_flight_sats ? `${sats(me.in_flight_sats)} in transit` : '';
  $('address').textContent = me.uma_address;
  $('auto').checked = me.auto_approve;
  $('shop').href = state.shop_url;
  $('shop').hidden = !/^https?:/.test(state.shop_url);
  $('to').placeholder = `$tickets@${state.shop_url.replace(/^https?:\/\//, '').replace(/\/.*$/, '')}`;
  $('connect').hidden = !me.nwc_uri;
  $('nwc').textContent = me.nwc_uri || '';

  const open = waiting(me);
  $('waiting').replaceChildren(...(open.length ? open.map(card) : [element('p', { class: 'empty' },
    `No requests. Buy a ticket with ${me.uma_address} and the request will appear here.`)]));

  const entries = state.requests.filter((request) => request.user === me.name && !isWaiting(request)).map((request) => ({
    kind: request.state, who: request.payee, sats: request.amount_sats, at: request.updated_at, why: request.reason,
  })).concat(state.received.filter((payment) => payment.user === me.name).map((payment) => ({
    kind: 'received', who: '', sats: payment.amount_sats, at: payment.at,
  })));
  entries.sort((one, other) => Date.parse(other.at) - Date.parse(one.at));
  $('history').replaceChildren(...(entries.length ? entries.map(line) : [element('li', {}, element('span'), element('span', { class: 'quiet' }, 'No payments yet.'))]));
}

async function refresh() {
  try {
    const { text, data } = await call('/api/requests');
    $('offline').hidden = true;
    skew = Date.parse(data.now) - Date.now();
    // `now` differs in every response; redraw only when something else changed.
    const rest = text.replace(/"now":"[^"]*"/, '');
    if (rest === last) return;
    last = rest;
    state = data;
    draw();
  } catch {
    $('offline').hidden = false;
  }
}

document.addEventListener('click', async (event) => {
  const id = event.target.dataset && event.target.dataset.copy;
  if (!id) return;
  try {
    await navigator.clipboard.writeText($(id).textContent);
    event.target.textContent = 'Copied';
  } catch {
    getSelection().selectAllChildren($(id));
    event.target.textContent = 'Selected';
  }
  setTimeout(() => { event.target.textContent = 'Copy'; }, 1500);
});

$('auto').addEventListener('change', async (event) => {
  const on = event.target.checked;
  try {
    await call(`/api/users/${encodeURIComponent(person().name)}/auto-approve`, { on });
  } catch {
    event.target.checked = !on;
  }
  refresh();
});

$('top-up').addEventListener('click', async () => {
  await call(`/api/users/${encodeURIComponent(person().name)}/top-up`, { amount_sats: 100000 });
  refresh();
});

$('pay').addEventListener('submit', async (event) => {
  event.preventDefault();
  const form = event.target;
  const result = $('pay-result');
  const button = form.querySelector('button');
  const digits = form.amount.value.replace(/[\s,._]/g, '');
  if (!form.to.value.trim()) {
    result.className = 'bad';
    result.textContent = 'Enter an address or invoice.';
    form.to.focus();
    return;
  }
  if (digits && !/^\d{1,15}$/.test(digits)) {
    result.className = 'bad';
    result.textContent = 'Enter a whole number of sats.';
    form.amount.focus();
    return;
  }
  const body = { to: form.to.value.trim() };
  if (digits) body.amount_sats = Number(digits);
  if (form.comment.value) body.comment = form.comment.value;
  button.disabled = true;
  result.className = '';
  result.textContent = 'Sending…';
  try {
    const { data } = await call(`/api/users/${encodeURIComponent(person().name)}/pay`, body);
    result.className = 'good';
    result.textContent = `✓ Sent ${sats(data.amount_sats)} to ${data.payee}.`;
    form.reset();
  } catch (error) {
    result.className = 'bad';
    result.textContent = `Payment failed: ${error.message}`;
  }
  button.disabled = false;
  refresh();
});

$('simulate').addEventListener('submit', async (event) => {
  event.preventDefault();
  const form = event.target;
  const result = $('simulate-result');
  if (!form.bolt11.value.trim()) {
    result.className = 'bad';
    result.textContent = 'Paste an invoice from the ticket site.';
    form.bolt11.focus();
    return;
  }
  try {
    const { data } = await call('/api/simulate', { bolt11: form.bolt11.value.trim() });
    result.className = 'good';
    result.textContent = `✓ The ticket site received ${sats(data.amount_sats)}.`;
    form.reset();
  } catch (error) {
    result.className = 'bad';
    result.textContent = `Payment failed: ${error.message}`;
  }
});

addEventListener('hashchange', draw);
setInterval(() => {
  for (const node of document.querySelectorAll('[data-until]')) node.textContent = left(node.dataset.until);
}, 1000);
setInterval(() => { if (!document.hidden) refresh(); }, POLL_MS);
document.addEventListener('visibilitychange', () => { if (!document.hidden) refresh(); });
refresh();
