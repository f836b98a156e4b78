using System.Collections;
using System.Management.Automation.Language;

/// <summary>What PowerShell's own parser says of a file, and what Windows PowerShell 5.1 or a reader would not like.</summary>
public static class Lint
{
    public static Hashtable File(string path)
    {
        var tree = Parser.ParseFile(path, out var tokens, out var errors);
        var faults = errors.Select(error => At(error.Extent, error.Message)).ToList();
        faults.AddRange(tokens.Where(token => Newer.Contains(token.Kind)).Select(token => At(token.Extent, $"{token.Text} is not in 5.1")));
        faults.AddRange(tree.FindAll(node => node is TernaryExpressionAst or PipelineChainAst, true)
            .Select(node => At(node.Extent, "not in 5.1")));
        return new Hashtable { ["faults"] = faults.ToArray(), ["commands"] = Commands(tree).ToArray(), ["functions"] = Functions(tree).ToArray() };
    }

    private static readonly HashSet<TokenKind> Newer =
        [TokenKind.QuestionQuestion, TokenKind.QuestionQuestionEquals, TokenKind.QuestionDot, TokenKind.QuestionLBracket];

    /// <summary>Every command by name with the parameters it is given, in full.</summary>
    private static IEnumerable<Hashtable> Commands(Ast tree) =>
        tree.FindAll(node => node is CommandAst, true).Cast<CommandAst>().Select(command => new Hashtable
        {
            ["name"] = command.GetCommandName(),
            ["line"] = command.Extent.StartLineNumber,
            ["parameters"] = command.CommandElements.OfType<CommandParameterAst>().Select(parameter => parameter.ParameterName).ToArray(),
        });

    private static IEnumerable<string> Functions(Ast tree) =>
        tree.FindAll(node => node is FunctionDefinitionAst, true).Cast<FunctionDefinitionAst>().Select(function => function.Name);

    private static string At(IScriptExtent extent, string message) => $"line {extent.StartLineNumber}: {message}";
}
