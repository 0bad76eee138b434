/* spl.y -- the grammar of SPL. It knows shapes of arguments, not commands: the scanner finds a command's descriptor and
 * gives the CMD_ token of its shape. Actions build nodes and do nothing else. See README.md beside this file. */
%require "3.8"
%language "c"
%define api.pure full
%define api.prefix {spl_yy}
%define api.location.type {spl_loc}
%define api.value.type union
%define api.value.union.name SPL_YYSTYPE
%define parse.error custom
%define parse.lac full
%locations
%expect 0
%parse-param {spl_parser *p}
%lex-param {spl_parser *p}

%code requires {
#include "lang/parser.h"
}
%code provides {
/* flex's bridge asks for these names */
#define YYSTYPE SPL_YYSTYPE
#define YYLTYPE SPL_YYLTYPE
}
%code {
#define YYLLOC_DEFAULT(current, rhs, n)                                                                                \
    do {                                                                                                               \
        (current).begin = (n) ? YYRHSLOC(rhs, 1).begin : YYRHSLOC(rhs, 0).end;                                         \
        (current).end = (n) ? YYRHSLOC(rhs, n).end : YYRHSLOC(rhs, 0).end;                                             \
    } while (0)
/* The stack never grows: a failed allocation leaves the parser by a jump, and nothing of bison's would be freed. */
#define YYINITDEPTH 10000
#define YYMAXDEPTH 10000
#define spl_yylex spl_parser_next
#define NEW(kind, loc) spl_node_new(p, SPL_NODE_##kind, (loc))
#define FILL(node, loc, list) spl_node_fill(p, (node), (loc), (list))
#define WITH(node, loc, kid) spl_node_with(p, (node), (loc), (kid))
#define LIST1(a) spl_list_add(p, spl_list_new(p), (a))
#define ADD(list, a) spl_list_add(p, (list), (a))
#define JOIN(a, b) spl_list_join(p, (a), (b))
static void spl_yyerror(const spl_loc *loc, spl_parser *p, const char *message);
}

%token END 0
%token START_PIPELINE START_EXPRESSION START_TERMS
%token BAD
%token PIPE "|" LBRACKET "[" RBRACKET "]" LPAREN "(" RPAREN ")" COMMA ","
%token <spl_node *> CMD_PLAIN CMD_SEARCH CMD_WHERE CMD_EVAL CMD_STATS CMD_MIXED
%token <spl_node *> HOLE
%token <spl_node *> WORD OPTION COMPARISON CALL CALL_EXPR
%token LPAREN_TERMS LPAREN_EXPR
%token <spl_node_op> PLAIN_OP
%token <spl_node *> AGG AGG_CALL AGG_EVAL
%token AS
%token <spl_node *> ALIAS
%token <spl_node *> BY_PLAIN BY_SEARCH BY_WHERE BY_EVAL BY_STATS
%token <spl_node *> TERM FIELD_OP FIELD_IN FIELD_NOT_IN
%token AND "AND" OR "OR" NOT "NOT"
%token <spl_node *> TARGET
%token ASSIGN "="
%token <spl_node *> OPERAND FUNCTION
%token <spl_node_op> CMP MUL
%token EXPR_XOR EXPR_OR EXPR_AND EXPR_NOT LIKE IN NOT_LIKE NOT_IN
%token PLUS "+" MINUS "-" DOT "."

%left EXPR_XOR
%left EXPR_OR
%left EXPR_AND
%precedence EXPR_NOT
%nonassoc CMP LIKE IN NOT_LIKE NOT_IN
%left PLUS MINUS DOT
%left MUL
%precedence SIGN

%type <spl_node *> pipeline bracket stage plain_arg value call clause terms or_term not_term term in_value
%type <spl_node *> stats_item agg agg_arg alias assign expr primary atom
%type <spl_list *> stages plain_args clauses stats_items agg_args assigns holed exprs expr_args options in_values
%type <spl_list *> terms_opt mixed

%%

input:
    START_PIPELINE pipeline              { p->result = $2; }
  | START_PIPELINE stages "|"            { p->result = FILL(NEW(PIPELINE, @2), @2, $2);
                                           spl_warning(p->env->diag, spl_parser_span(p, @3), "empty",
                                                       "nothing stands behind this pipe"); }
  | START_EXPRESSION expr                { p->result = $2; }
  | START_TERMS terms_opt                { p->result = $2->len ? $2->data[0] : NEW(AND, @2); }
  ;

/* ---- pipelines ---- */

pipeline:
    stages                               { $$ = FILL(NEW(PIPELINE, @$), @$, $1); }
  ;
stages:
    stage                                { $$ = LIST1($1); }
  | stages "|" stage                     { $$ = ADD($1, $3); }
  ;
bracket:
    "[" pipeline "]"                     { $$ = $2;
                                           $$->span = spl_parser_span(p, @$);
                                           $$->text = spl_str_sub(p->text, @1.end, @3.begin); }
  ;
stage:
    CMD_PLAIN plain_args clauses         { $$ = FILL($1, @$, JOIN($2, $3)); }
  | CMD_SEARCH terms_opt clauses         { $$ = FILL($1, @$, JOIN($2, $3)); }
  | CMD_WHERE expr clauses               { $$ = FILL($1, @$, JOIN(LIST1($2), $3)); }
  | CMD_EVAL assigns clauses             { $$ = FILL($1, @$, JOIN($2, $3)); }
  | CMD_STATS stats_items clauses        { $$ = FILL($1, @$, JOIN($2, $3)); }
  | CMD_MIXED mixed clauses              { $$ = FILL($1, @$, JOIN($2, $3)); }
  | error                                { $$ = NEW(STAGE, @$);
                                           if (p->stop) YYABORT;
                                           if (p->skip) yyclearin; /* the token in the way; a pipe or ] stays */
                                           yyerrok; }
  ;

clauses:
    %empty                               { $$ = spl_list_new(p); }
  | clauses clause                       { $$ = ADD($1, $2); }
  ;
clause:
    BY_PLAIN plain_args                  { $$ = FILL($1, @$, $2); }
  | BY_SEARCH terms_opt                  { $$ = FILL($1, @$, $2); }
  | BY_WHERE expr                        { $$ = WITH($1, @$, $2); }
  | BY_EVAL assigns                      { $$ = FILL($1, @$, $2); }
  | BY_STATS stats_items                 { $$ = FILL($1, @$, $2); }
  ;

/* ---- plain arguments ---- */

plain_args:
    %empty                               { $$ = spl_list_new(p); }
  | plain_args plain_arg                 { $$ = ADD($1, $2); }
  | plain_args ","                       { $$ = $1; $$->comma = true; }
  ;
plain_arg:
    WORD
  | HOLE
  | OPTION value                         { $$ = WITH($1, @$, $2); }
  | COMPARISON value                     { $$ = WITH($1, @$, $2); }
  | call
  | call PLAIN_OP value                  { $$ = spl_node_apply(p, @$, $2, $1, $3); }
  | "(" plain_args ")"                   { $$ = FILL(NEW(LIST, @$), @$, $2); }
  | bracket
  ;
value:
    WORD
  | HOLE
  | call
  | "(" plain_args ")"                   { $$ = FILL(NEW(LIST, @$), @$, $2); }
  | LPAREN_TERMS terms ")"               { $$ = $2; $$->bracketed = true; }
  | LPAREN_EXPR expr ")"                 { $$ = $2; $$->bracketed = true; }
  | bracket
  ;
call:
    CALL plain_args ")"                  { $$ = FILL($1, @$, $2); }
  | CALL_EXPR expr_args ")"              { $$ = FILL($1, @$, $2); }
  ;

/* ---- head: options and one expression ---- */

options:
    %empty                               { $$ = spl_list_new(p); }
  | options OPTION value                 { $$ = ADD($1, WITH($2, ((spl_loc){@2.begin, @3.end}), $3)); }
  ;
mixed:
    options
  | options expr options                 { $$ = JOIN(ADD($1, $2), $3); }
  ;

/* ---- search terms: OR binds tighter than AND ---- */

terms_opt:
    %empty                               { $$ = spl_list_new(p); }
  | terms                                { $$ = spl_list_terms(p, $1); }
  ;
terms:
    or_term
  | terms or_term                        { $$ = spl_node_logic(p, @$, SPL_NODE_AND, $1, $2); }
  | terms "AND" or_term                  { $$ = spl_node_logic(p, @$, SPL_NODE_AND, $1, $3); }
  | terms ","
  ;
or_term:
    not_term
  | or_term "OR" not_term                { $$ = spl_node_logic(p, @$, SPL_NODE_OR, $1, $3); }
  ;
not_term:
    term
  | "NOT" not_term                       { $$ = WITH(NEW(NOT, @$), @$, $2); }
  ;
term:
    TERM
  | HOLE
  | FIELD_OP WORD                        { $$ = WITH($1, @$, $2); }
  | FIELD_OP TERM                        { $$ = WITH($1, @$, $2); }
  | FIELD_OP HOLE                        { $$ = WITH($1, @$, $2); }
  | FIELD_OP bracket                     { $$ = WITH($1, @$, $2); }
  | FIELD_OP LPAREN_TERMS terms ")"      { $$ = spl_node_distribute(p, $1, $3, @$); }
  | FIELD_IN in_values ")"               { $$ = FILL($1, @$, $2); }
  | FIELD_NOT_IN in_values ")"           { $$ = WITH(NEW(NOT, @$), @$, FILL($1, @$, $2)); }
  | OPTION value                         { $$ = WITH($1, @$, $2); }
  | "(" terms ")"                        { $$ = $2; $$->bracketed = true; }
  | "(" ")"                              { $$ = NEW(AND, @$); $$->bracketed = true; }
  | bracket
  ;
in_values:
    %empty                               { $$ = spl_list_new(p); }
  | in_values in_value                   { $$ = ADD($1, $2); }
  | in_values ","                        { $$ = $1; $$->comma = true; }
  ;
in_value:
    WORD
  | TERM
  | HOLE
  | bracket
  ;

/* ---- aggregations ---- */

stats_items:
    %empty                               { $$ = spl_list_new(p); }
  | stats_items stats_item               { $$ = ADD($1, $2); }
  | stats_items ","                      { $$ = $1; $$->comma = true; }
  ;
stats_item:
    agg
  | agg AS alias                         { $$ = $1; $$->alias = $3; $$->span.end = @$.end; }
  | HOLE
  | HOLE AS alias
  | OPTION value                         { $$ = WITH($1, @$, $2); }
  | bracket
  ;
alias:
    ALIAS
  | HOLE
  ;
agg:
    AGG
  | AGG_CALL agg_args ")"                { $$ = FILL($1, @$, spl_list_fields(p, $1, $2)); }
  | AGG_EVAL expr ")"                    { $$ = WITH($1, @$, $2); }
  ;
agg_args:
    %empty                               { $$ = spl_list_new(p); }
  | agg_args agg_arg                     { $$ = ADD($1, $2); }
  | agg_args ","                         { $$ = $1; $$->comma = true; }
  ;
agg_arg:
    OPERAND
  | HOLE
  | AGG_CALL agg_args ")"                { $$ = FILL($1, @$, $2); }
  | AGG_EVAL expr ")"                    { $$ = $2; }
  | bracket
  ;

/* ---- assignments ---- */

assigns:
    assign                               { $$ = LIST1($1); }
  | assigns comma assign                 { $$ = ADD($1, $3); }
  ;
comma:
    ","
  | comma ","                            { spl_warning(p->env->diag, spl_parser_span(p, @2), "empty",
                                                       "nothing stands before this comma"); }
  ;
assign:
    TARGET "=" expr                      { $$ = FILL(NEW(ASSIGN, @$), @$, ADD(LIST1($1), $3)); }
  | HOLE
  | HOLE TARGET "=" expr                 { $$ = FILL(NEW(ASSIGN, @$), @$, ADD(LIST1($2), $4)); }
  | bracket
  ;

/* ---- expressions ---- */

expr:
    primary
  | expr EXPR_XOR expr                   { $$ = spl_node_apply(p, @$, SPL_OP_XOR, $1, $3); }
  | expr EXPR_OR expr                    { $$ = spl_node_apply(p, @$, SPL_OP_OR, $1, $3); }
  | expr EXPR_AND expr                   { $$ = spl_node_apply(p, @$, SPL_OP_AND, $1, $3); }
  | EXPR_NOT expr                        { $$ = spl_node_apply(p, @$, SPL_OP_NOT, $2, NULL); }
  | expr CMP expr                        { $$ = spl_node_apply(p, @$, $2, $1, $3); }
  | expr LIKE expr                       { $$ = spl_node_apply(p, @$, SPL_OP_LIKE, $1, $3); }
  | expr NOT_LIKE expr                   { $$ = spl_node_apply(p, @$, SPL_OP_LIKE, $1, $3);
                                           $$ = spl_node_apply(p, @$, SPL_OP_NOT, $$, NULL); }
  | expr IN "(" exprs ")"                { $$ = FILL(NEW(IN, @$), @$, JOIN(LIST1($1), $4)); }
  | expr NOT_IN "(" exprs ")"            { $$ = FILL(NEW(IN, @$), @$, JOIN(LIST1($1), $4));
                                           $$ = spl_node_apply(p, @$, SPL_OP_NOT, $$, NULL); }
  | expr IN HOLE                         { $$ = FILL(NEW(IN, @$), @$, ADD(LIST1($1), $3)); }
  | expr "+" expr                        { $$ = spl_node_apply(p, @$, SPL_OP_ADD, $1, $3); }
  | expr "-" expr                        { $$ = spl_node_apply(p, @$, SPL_OP_SUB, $1, $3); }
  | expr "." expr                        { $$ = spl_node_apply(p, @$, SPL_OP_CONCAT, $1, $3); }
  | expr MUL expr                        { $$ = spl_node_apply(p, @$, $2, $1, $3); }
  | "-" expr %prec SIGN                  { $$ = spl_node_apply(p, @$, SPL_OP_NEGATE, $2, NULL); }
  | "+" expr %prec SIGN                  { $$ = spl_node_apply(p, @$, SPL_OP_PLUS, $2, NULL); }
  ;
/* A macro that is nowhere defined may hold an operator too: `x` y, x `y`, x `y` z. */
primary:
    atom
  | holed                                { $$ = FILL(NEW(HOLE, @$), @$, NULL); $$->text = $1->data[0]->text; }
  | holed atom                           { $$ = FILL(NEW(HOLE, @$), @$, NULL); $$->text = $1->data[0]->text; }
  ;
holed:
    HOLE                                 { $$ = LIST1($1); }
  | atom HOLE                            { $$ = LIST1($2); }
  | holed HOLE                           { $$ = ADD($1, $2); }
  | holed atom HOLE                      { $$ = ADD($1, $3); }
  ;
atom:
    OPERAND
  | FUNCTION expr_args ")"               { $$ = FILL($1, @$, $2); }
  | "(" expr ")"                         { $$ = $2; $$->bracketed = true; }
  | bracket
  ;
expr_args:
    %empty                               { $$ = spl_list_new(p); }
  | exprs
  ;
exprs:
    expr                                 { $$ = LIST1($1); }
  | exprs "," expr                       { $$ = ADD($1, $3); }
  ;

%%

/* What a user calls a token; NULL for one that only repeats another or is not worth telling. */
static const char *spoken(yysymbol_kind_t symbol, bool arguments)
{
    switch (symbol) {
    case YYSYMBOL_PIPE: return "\"|\"";
    case YYSYMBOL_RBRACKET: return "\"]\"";
    case YYSYMBOL_RPAREN: return "\")\"";
    case YYSYMBOL_COMMA: return "\",\"";
    case YYSYMBOL_ASSIGN: return "\"=\"";
    case YYSYMBOL_IN: return "an operator";
    case YYSYMBOL_CMP: return "an operator";
    case YYSYMBOL_CMD_PLAIN: return "a command";
    case YYSYMBOL_WORD: return arguments ? "an argument" : "a value";
    case YYSYMBOL_AGG: return "an aggregation such as count or sum(field)";
    case YYSYMBOL_AS: return "AS";
    case YYSYMBOL_ALIAS: return "a name";
    case YYSYMBOL_TERM: return "a search term";
    case YYSYMBOL_TARGET: return "a field to assign to";
    case YYSYMBOL_OPERAND: return "a value, a field or a function";
    default: return NULL;
    }
}

static int yyreport_syntax_error(const yypcontext_t *context, spl_parser *p)
{
    enum { MOST = YYNTOKENS };
    yysymbol_kind_t expected[MOST];
    const char *names[MOST];
    yysymbol_kind_t token = yypcontext_token(context);
    int count = yypcontext_expected_tokens(context, expected, MOST);
    size_t n_names = 0;
    bool arguments = false;

    for (int i = 0; i < count; i++) arguments |= expected[i] == YYSYMBOL_OPTION;
    for (int i = 0; i < count; i++) {
        const char *name = spoken(expected[i], arguments);
        bool again = !name;

        for (size_t k = 0; k < n_names && !again; k++) again = strcmp(names[k], name) == 0;
        if (!again) names[n_names++] = name;
    }
    spl_parser_unexpected(p, *yypcontext_location(context), token == YYSYMBOL_BAD,
                          token == YYSYMBOL_PIPE || token == YYSYMBOL_RBRACKET || token == YYSYMBOL_YYEOF, names, n_names);
    return 0;
}

/* Only "memory exhausted" comes here: the stack is full. */
static void spl_yyerror(const spl_loc *loc, spl_parser *p, const char *message)
{
    (void)message;
    spl_parser_exhausted(p, *loc);
}
