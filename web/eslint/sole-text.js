import ts from "typescript";

const TEXT = ts.TypeFlags.StringLike | ts.TypeFlags.NumberLike | ts.TypeFlags.BigIntLike;

/** React renders "" as nothing; 0 is what `ReactNode && …` leaves. */
const isFalsy = (type) =>
  type.isLiteral() &&
  (!type.value || (typeof type.value === "object" && type.value.base10Value === "0"));

function isText(checker, type) {
  if (type.isUnion()) return type.types.some((each) => isText(checker, each));
  if (checker.isArrayType(type)) {
    return checker.getTypeArguments(type).some((each) => isText(checker, each));
  }
  return (type.flags & TEXT) !== 0 && !isFalsy(type);
}

/**
 * Text must be the only child of its element, since a browser's page translation replaces text nodes.
 * React then fails to insert or remove an element beside one ("This page stopped working"), and no
 * longer updates it; sole text is set through its element instead.
 */
export const soleText = {
  meta: {
    type: "problem",
    schema: [],
    messages: {
      beside: "Text beside other children breaks translated pages: give it an element of its own.",
      bare: "Text in a fragment has no element of its own: page translation breaks it.",
    },
  },
  create(context) {
    const services = context.sourceCode.parserServices;
    const checker = services.program.getTypeChecker();
    const isTextChild = (child) => {
      if (child.type === "JSXText") return true;
      if (child.type !== "JSXExpressionContainer") return false;
      return isText(checker, services.getTypeAtLocation(child.expression));
    };
    const isRendered = (child) => {
      if (child.type === "JSXText") return !/^\s*\n\s*$/.test(child.value) && child.value !== "";
      return !(
        child.type === "JSXExpressionContainer" && child.expression.type === "JSXEmptyExpression"
      );
    };
    const check = (messageId, limit) => (node) => {
      const children = node.children.filter(isRendered);
      if (children.length < limit) return;
      for (const text of children.filter(isTextChild)) context.report({ node: text, messageId });
    };
    return { JSXElement: check("beside", 2), JSXFragment: check("bare", 1) };
  },
};
