// Runs PowerShell scripts for the tests: a request a line on standard input, an answer a line on standard output.
// With arguments: one script, FILE and its arguments, on this process' own input and output.
using System.Text;
using System.Text.Json;

if (args.Length > 0)
{
    var words = JsonSerializer.SerializeToElement(new { file = args[0], arguments = args[1..] });
    var ran = Run.Script(words, Console.In);
    Console.Out.Write(ran["stdout"]);
    Console.Error.Write(ran["stderr"]);
    return (int)ran["exitCode"]!;
}

var input = new StreamReader(Console.OpenStandardInput(), new UTF8Encoding(false));
var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false)) { AutoFlush = true };

while (await input.ReadLineAsync() is { } line)
{
    var request = JsonDocument.Parse(line).RootElement;
    var answer = request.TryGetProperty("lint", out var path) ? Lint.File(path.GetString()!) : Run.Script(request);
    await output.WriteLineAsync(JsonText.Write(answer, compress: true));
}

return 0;
