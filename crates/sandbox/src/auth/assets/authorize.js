'use strict';

const $ = (id) => document.getElementById(id);
const request = location.search.slice(1);
const WORDS = {
  pay_invoice: 'pay invoices from this wallet', make_invoice: 'create invoices',
  lookup_invoice: 'check payments', list_transactions: 'read payment history',
  get_balance: 'read the balance', get_info: 'read wallet details',
};
let user = '';

function complain(message) {
  $('trouble').textContent = message;
  $('trouble').hidden = false;
}

async function call(path, body) {
  const options = body === undefined ? {} : {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body),
  };
  const answer = await fetch(path, options);
  const data = await answer.json();
  if (!answer.ok) throw new Error(data.message);
  return data;
}

function draw(ask) {
  $('ask-title').textContent = `${ask.site} wants to use this wallet`;
  $('people').replaceChildren(...ask.users.map(({ name, display_name }) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = display_name;
    button.setAttribute('aria-pressed', String(name === user));
    button.addEventListener('click', () => { user = name; draw(ask); });
    return button;
  }));
  $('commands').replaceChildren(...ask.commands.map((command) => {
    const item = document.createElement('li');
    item.textContent = WORDS[command] || command;
    return item;
  }));
  const days = { 1: 'a day', 7: 'a week', 30: 'a month', 365: 'a year' }[ask.budget_days];
  $('budget').textContent = ask.budget_sats == null ? 'No spending limit.'
    : `Spending limit: ${new Intl.NumberFormat('en').format(ask.budget_sats)} sats${days ? ` ${days}` : ' in total'}.`;
  $('ask').hidden = false;
}

async function decide(allow) {
  $('allow').disabled = $('cancel').disabled = true;
  try {
    location.assign((await call('/api/auth/consent', { request, user, allow })).redirect);
  } catch (error) {
    complain(error.message);
    $('allow').disabled = $('cancel').disabled = false;
  }
}

$('allow').addEventListener('click', () => decide(true));
$('cancel').addEventListener('click', () => decide(false));
call(`/api/auth/consent?${request}`).then((ask) => {
  const known = ask.users.find(({ name }) => name === ask.user) || ask.users[0];
  user = known.name;
  draw(ask);
}, (error) => complain(`The app sent an invalid request: ${error.message}.`));
