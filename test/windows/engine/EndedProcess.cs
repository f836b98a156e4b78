/// <summary>What Start-Process hands out, of a program that ended at once.</summary>
public sealed class EndedProcess(int exitCode)
{
    public int ExitCode { get; } = exitCode;

    public int Handle => 1;

    public bool WaitForExit(int _) => true;

    public void Kill()
    {
    }
}
