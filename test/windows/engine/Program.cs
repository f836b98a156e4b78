// Runs PowerShell scripts for the tests: a request a line on standard input, an answer a line on standard output.
using System.Text;
using System.Text.Json;

var input = new StreamReader(Console.OpenStandardInput(), new UTF8Encoding(false));
var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false)) { AutoFlush = true };

while (await input.ReadLineAsync() is { } line)
{
    var request = JsonDocument.Parse(line).RootElement;
    var answer = request.TryGetProperty("lint", out var path) ? Lint.File(path.GetString()!) : Run.Script(request);
    await output.WriteLineAsync(JsonText.Write(answer, compress: true));
}
