using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Text.Json;

/// <summary>One script in a runspace of its own, as `powershell.exe -NoProfile -NonInteractive -File` would run it.</summary>
public static class Run
{
    /// <summary>Request: file, arguments, input, and optionally modules and the world they pretend.</summary>
    public static Hashtable Script(JsonElement request, TextReader? input = null)
    {
        // Without the cmdlets of other packages: what a script calls has a stand-in, or is an error.
        using var runspace = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());
        runspace.Open();
        var world = request.TryGetProperty("world", out var given) ? JsonText.ReadWorld(given) : null;
        runspace.SessionStateProxy.SetVariable("World", world);
        Console.SetIn(input ?? new StringReader(Text(request, "input")));
        using var shell = PowerShell.Create(runspace);
        if (request.TryGetProperty("modules", out var modules))
        {
            var paths = modules.EnumerateArray().Select(module => module.GetString()).ToArray();
            shell.AddCommand("Import-Module").AddParameter("Name", paths).AddParameter("Global", true).AddStatement();
        }
        shell.AddCommand(Text(request, "file"));
        AddArguments(shell, request.GetProperty("arguments").EnumerateArray().Select(word => word.GetString()!).ToArray());
        var answer = new Hashtable { ["exitCode"] = 0, ["stderr"] = "" };
        try
        {
            answer["stdout"] = string.Concat(shell.Invoke().Select(line => $"{line}\n"));
            answer["exitCode"] = runspace.SessionStateProxy.GetVariable("LASTEXITCODE") ?? (shell.Streams.Error.Count > 0 ? 1 : 0);
        }
        catch (RuntimeException error)
        {
            answer["stdout"] = "";
            answer["exitCode"] = 1;
            answer["stderr"] = $"{error.ErrorRecord} {error.ErrorRecord?.InvocationInfo?.PositionMessage}";
        }
        if (shell.Streams.Error.Count > 0) answer["stderr"] = $"{answer["stderr"]}{string.Join("\n", shell.Streams.Error)}";
        answer["world"] = world;
        return answer;
    }

    private static string Text(JsonElement request, string name) =>
        request.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";

    /// <summary>-Name value, or -Switch.</summary>
    private static void AddArguments(PowerShell shell, string[] words)
    {
        for (var at = 0; at < words.Length; at++)
        {
            if (!words[at].StartsWith('-')) shell.AddArgument(words[at]);
            else if (at + 1 < words.Length && !words[at + 1].StartsWith('-')) shell.AddParameter(words[at][1..], words[++at]);
            else shell.AddParameter(words[at][1..]);
        }
    }
}
