//! Parser of GraphQL documents (October 2021 edition): operations, fragments, arguments, variables. No type system definitions.

use serde_json::Value as Json;
use std::{collections::BTreeMap, iter::Peekable, str::Chars};

/// Documents of the official SDKs nest about ten deep.
const MAX_DEPTH: usize = 64;

/// An argument's value; enum members are strings.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Variable(String),
    Constant(Json),
    List(Vec<Value>),
    Object(Vec<(String, Value)>),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Selection {
    Field(Field),
    /// `...name`.
    Spread(String),
    /// `... on Type { }`; the type may be missing.
    Inline(Option<String>, Vec<Selection>),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Field {
    /// Key of the field in the response.
    pub(super) key: String,
    pub(super) name: String,
    pub(super) arguments: Vec<(String, Value)>,
    pub(super) selection: Vec<Selection>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Variable {
    pub(super) name: String,
    /// The innermost type's name.
    pub(super) type_name: String,
    pub(super) is_list: bool,
    pub(super) required: bool,
    pub(super) default: Option<Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Query,
    Mutation,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Operation {
    pub(super) kind: Kind,
    pub(super) name: Option<String>,
    pub(super) variables: Vec<Variable>,
    pub(super) selection: Vec<Selection>,
}

/// A parsed `query`.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) operations: Vec<Operation>,
    pub(super) fragments: BTreeMap<String, (String, Vec<Selection>)>,
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    /// One of `! $ & ( ) : = @ [ ] { | }`.
    Sign(char),
    Dots,
    Name(String),
    Number(String),
    Text(String),
}

impl Document {
    /// Parses a document; errors have GraphQL's texts.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let tokens = tokens(text)?;
        let mut reader = Reader { tokens: tokens.into_iter().peekable(), depth: 0 };
        let mut document = Self::default();
        while let Some(token) = reader.tokens.peek() {
            match token {
                Token::Sign('{') => {
                    let selection = reader.selection()?;
                    let variables = Vec::new();
                    document.operations.push(Operation {
                        kind: Kind::Query,
                        name: None,
                        variables,
                        selection,
                    });
                }
                Token::Name(word) if word == "fragment" => {
                    reader.next()?;
                    let name = reader.name()?;
                    reader.word("on")?;
                    let on = reader.name()?;
                    reader.directives()?;
                    document.fragments.insert(name, (on, reader.selection()?));
                }
                _ => document.operations.push(reader.operation()?),
            }
        }
        if document.operations.is_empty() { Err("there is no operation".to_owned()) } else { Ok(document) }
    }

    /// The named operation; without a name, the only one.
    pub(super) fn operation(&self, name: Option<&str>) -> Result<&Operation, String> {
        match name {
            Some(name) => self.operations.iter().find(|operation| operation.name.as_deref() == Some(name)),
            None => self.operations.first().filter(|_| self.operations.len() == 1),
        }
        .ok_or_else(|| format!("Unknown operation named {}.", name.unwrap_or("(none)")))
    }
}

struct Reader {
    tokens: Peekable<std::vec::IntoIter<Token>>,
    depth: usize,
}

impl Reader {
    fn next(&mut self) -> Result<Token, String> {
        self.tokens.next().ok_or_else(|| "Syntax Error: Unexpected end.".to_owned())
    }

    fn takes(&mut self, sign: char) -> bool {
        self.tokens.next_if(|token| *token == Token::Sign(sign)).is_some()
    }

    fn sign(&mut self, sign: char) -> Result<(), String> {
        if self.takes(sign) {
            Ok(())
        } else {
            Err(format!("Syntax Error: Expected {sign}, found {:?}.", self.tokens.peek()))
        }
    }

    fn name(&mut self) -> Result<String, String> {
        match self.next()? {
            Token::Name(name) => Ok(name),
            other => Err(format!("Syntax Error: Expected a name, found {other:?}.")),
        }
    }

    fn word(&mut self, word: &str) -> Result<(), String> {
        let name = self.name()?;
        if name == word { Ok(()) } else { Err(format!("Syntax Error: Expected {word}, found {name}.")) }
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, String>) -> Result<T, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("the document is nested too deeply".to_owned());
        }
        let outcome = read(self);
        self.depth -= 1;
        outcome
    }

    fn operation(&mut self) -> Result<Operation, String> {
        let kind = match self.name()?.as_str() {
            "query" => Kind::Query,
            "mutation" => Kind::Mutation,
            other => return Err(format!("Syntax Error: Unexpected Name \"{other}\".")),
        };
        let name = match self.tokens.peek() {
            Some(Token::Name(_)) => Some(self.name()?),
            _ => None,
        };
        let mut variables = Vec::new();
        if self.takes('(') {
            while !self.takes(')') {
                variables.push(self.variable()?);
            }
        }
        self.directives()?;
        Ok(Operation { kind, name, variables, selection: self.selection()? })
    }

    fn variable(&mut self) -> Result<Variable, String> {
        self.sign('$')?;
        let name = self.name()?;
        self.sign(':')?;
        let mut lists = 0_usize;
        while self.takes('[') {
            lists += 1;
        }
        let type_name = self.name()?;
        let mut required = self.takes('!');
        for _ in 0..lists {
            self.sign(']')?;
            required = self.takes('!');
        }
        let default = if self.takes('=') { Some(self.value()?) } else { None };
        self.directives()?;
        Ok(Variable { name, type_name, is_list: lists > 0, required, default })
    }

    fn selection(&mut self) -> Result<Vec<Selection>, String> {
        self.deeper(|reader| {
            reader.sign('{')?;
            let mut selection = Vec::new();
            while !reader.takes('}') {
                selection.push(reader.selected()?);
            }
            if selection.is_empty() {
                Err("Syntax Error: Expected a name, found }.".to_owned())
            } else {
                Ok(selection)
            }
        })
    }

    fn selected(&mut self) -> Result<Selection, String> {
        if self.tokens.next_if_eq(&Token::Dots).is_some() {
            let on = match self.tokens.peek() {
                Some(Token::Name(word)) if word == "on" => {
                    self.next()?;
                    Some(self.name()?)
                }
                Some(Token::Name(_)) => {
                    let name = self.name()?;
                    self.directives()?;
                    return Ok(Selection::Spread(name));
                }
                _ => None,
            };
            self.directives()?;
            return Ok(Selection::Inline(on, self.selection()?));
        }
        let key = self.name()?;
        let name = if self.takes(':') { self.name()? } else { key.clone() };
        let arguments = self.arguments()?;
        self.directives()?;
        let selection = match self.tokens.peek() {
            Some(Token::Sign('{')) => self.selection()?,
            _ => Vec::new(),
        };
        Ok(Selection::Field(Field { key, name, arguments, selection }))
    }

    fn arguments(&mut self) -> Result<Vec<(String, Value)>, String> {
        let mut arguments = Vec::new();
        if self.takes('(') {
            while !self.takes(')') {
                let name = self.name()?;
                self.sign(':')?;
                arguments.push((name, self.value()?));
            }
        }
        Ok(arguments)
    }

    /// No directive is supported: ignoring `@skip` would give a wrong response.
    fn directives(&mut self) -> Result<(), String> {
        if self.takes('@') { Err(format!("Unknown directive \"@{}\".", self.name()?)) } else { Ok(()) }
    }

    fn value(&mut self) -> Result<Value, String> {
        self.deeper(|reader| match reader.next()? {
            Token::Sign('$') => reader.name().map(Value::Variable),
            Token::Sign('[') => {
                let mut items = Vec::new();
                while !reader.takes(']') {
                    items.push(reader.value()?);
                }
                Ok(Value::List(items))
            }
            Token::Sign('{') => {
                let mut members = Vec::new();
                while !reader.takes('}') {
                    let name = reader.name()?;
                    reader.sign(':')?;
                    members.push((name, reader.value()?));
                }
                Ok(Value::Object(members))
            }
            Token::Number(number) => serde_json::from_str(&number)
                .map(Value::Constant)
                .map_err(|_| format!("Syntax Error: Invalid number {number}.")),
            Token::Text(text) => Ok(Value::Constant(Json::String(text))),
            Token::Name(word) => Ok(Value::Constant(match word.as_str() {
                "true" => Json::Bool(true),
                "false" => Json::Bool(false),
                "null" => Json::Null,
                _ => Json::String(word),
            })),
            other => Err(format!("Syntax Error: Unexpected {other:?}.")),
        })
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut letters = text.chars().peekable();
    let mut tokens = Vec::new();
    while let Some(letter) = letters.next() {
        match letter {
            ' ' | '\t' | '\n' | '\r' | ',' | '\u{feff}' => {}
            '#' => while letters.next_if(|letter| *letter != '\n').is_some() {},
            '!' | '$' | '&' | '(' | ')' | ':' | '=' | '@' | '[' | ']' | '{' | '|' | '}' => {
                tokens.push(Token::Sign(letter));
            }
            '.' => match (letters.next(), letters.next()) {
                (Some('.'), Some('.')) => tokens.push(Token::Dots),
                _ => return Err("Syntax Error: Unexpected character: \".\".".to_owned()),
            },
            '"' => tokens.push(Token::Text(string(&mut letters)?)),
            '-' | '0'..='9' => tokens.push(Token::Number(run(letter, &mut letters, |letter| {
                letter.is_ascii_alphanumeric() || matches!(letter, '.' | '+' | '-')
            }))),
            '_' | 'a'..='z' | 'A'..='Z' => tokens.push(Token::Name(run(letter, &mut letters, |letter| {
                letter.is_ascii_alphanumeric() || letter == '_'
            }))),
            other => return Err(format!("Syntax Error: Unexpected character: {other:?}.")),
        }
    }
    Ok(tokens)
}

fn run(first: char, letters: &mut Peekable<Chars<'_>>, belongs: impl Fn(char) -> bool) -> String {
    let mut run = String::from(first);
    while let Some(letter) = letters.next_if(|letter| belongs(*letter)) {
        run.push(letter);
    }
    run
}

/// A quoted string, with the escapes of JSON.
fn string(letters: &mut Peekable<Chars<'_>>) -> Result<String, String> {
    let mut quoted = String::from('"');
    loop {
        let letter =
            letters.next().filter(|letter| *letter != '\n').ok_or("Syntax Error: Unterminated string.")?;
        quoted.push(letter);
        match letter {
            '"' => break,
            '\\' => quoted.push(letters.next().ok_or("Syntax Error: Unterminated string.")?),
            _ => {}
        }
    }
    if quoted == "\"\"" && letters.peek() == Some(&'"') {
        return Err("Syntax Error: Block strings are not understood here.".to_owned());
    }
    serde_json::from_str(&quoted).map_err(|_| format!("Syntax Error: Invalid string {quoted}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn document_with_every_construct_is_parsed() {
        let text = r#"
            # what an SDK sends
            query Q($id: ID!, $statuses: [TransactionStatus!]! = [SUCCESS, FAILED], $n: Int = -3) {
              entity(id: $id, x: {a: [1, "t\n\u00e9"], b: null}) { __typename ...F ... on Invoice { invoice_id: id } ... { id } }
            }
            fragment F on Entity { entity_id: id }
        "#;
        let document = Document::parse(text).unwrap();
        let operation = document.operation(Some("Q")).unwrap();
        assert_eq!(document.operation(None), Ok(operation));
        assert!(document.operation(Some("R")).is_err());
        let [id, statuses, n] = &operation.variables[..] else { panic!("{:?}", operation.variables) };
        assert!(id.required && !id.is_list && id.type_name == "ID");
        assert!(statuses.required && statuses.is_list && statuses.type_name == "TransactionStatus");
        assert_eq!(n.default, Some(Value::Constant((-3).into())));
        let Selection::Field(entity) = &operation.selection[0] else { panic!("no field") };
        assert_eq!(
            entity.arguments[1].1,
            Value::Object(vec![
                ("a".into(), Value::List(vec![Value::Constant(1.into()), Value::Constant("t\né".into())])),
                ("b".into(), Value::Constant(Json::Null)),
            ])
        );
        assert_eq!(entity.selection.len(), 4);
        assert_eq!(document.fragments["F"].0, "Entity");
    }

    #[test]
    fn invalid_documents_are_refused() {
        let deep = "{a".repeat(10_000);
        let deep_value = format!("{{a(b:{}", "[".repeat(10_000));
        for text in [
            "",
            "{",
            "{}",
            "query {a",
            "query Q($a) {a}",
            "{a(b:)}",
            "{a(b:1)",
            "{..a}",
            "{\"a\"}",
            "{a(b:\"x)}",
            "{a @skip(if: true)}",
            "subscription S {a}",
            "{a(b:1.2.3)}",
            "{a(b:\"\"\"x\"\"\")}",
            "fragment F on T {a}",
            &deep,
            &deep_value,
        ] {
            assert!(Document::parse(text).is_err(), "{text:.40}");
        }
    }
}
