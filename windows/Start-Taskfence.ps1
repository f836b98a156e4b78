<#
.SYNOPSIS
Looks at the settings again and again, and calls `taskfence apply` when one of them changed.

.DESCRIPTION
What the scheduled task of Install-Taskfence.ps1 runs. Looking costs a moment in this one process; the program itself is
only started when there is something to do, and every FullSeconds all the same. It looks at once when an address of the
host comes or goes.

.PARAMETER Looks
Ends after so many looks; 0: never.
#>
[CmdletBinding()]
param(
    [string]$DataFolder = 'C:\ProgramData\Amazon\taskfence',
    [int]$EverySeconds = 15,
    [int]$FullSeconds = 300,
    [int]$Looks = 0
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/Taskfence.psm1", "$PSScriptRoot/Machine.psm1"

$program = Get-Program -Folder (Split-Path -Parent $PSScriptRoot)
$log = "$DataFolder\taskfence.log"
$output = "$DataFolder\output.txt"
$largestLog = 5MB

# What the settings say, as one text: that it changed is all that is asked of it.
function Get-Standing {
    $lines = foreach ($name in @('variable', 'proxy-service', 'address', 'route', 'firewall', 'portproxy')) {
        $answer = ConvertFrom-Json -InputObject (& "$PSScriptRoot/settings/$name.ps1" -Test)
        if ($answer.holds -eq $true) { "$($answer.setting) holds" } else { "$($answer.setting): $($answer.because)" }
    }
    $lines -join '; '
}

function Write-Log {
    param([Parameter(Mandatory)][string]$Text)
    $file = [IO.FileInfo]::new($log)
    if ($file.Exists -and $file.Length -gt $largestLog) {
        [IO.File]::Delete("$log.1")
        [IO.File]::Move($log, "$log.1")
    }
    [IO.File]::AppendAllText($log, "$([DateTime]::UtcNow.ToString('o')) $Text`r`n")
}

# Its exit code; -1 when it did not end in five minutes.
function Invoke-Apply {
    $arguments = @($program.Arguments) + @('apply', '--no-color')
    $process = Start-Process -FilePath $program.Path -ArgumentList $arguments -NoNewWindow -PassThru -RedirectStandardOutput $output -RedirectStandardError "$output.errors"
    # Without its handle the exit code is lost.
    [void]$process.Handle
    $code = -1
    if ($process.WaitForExit(300000)) { $code = $process.ExitCode } else { $process.Kill() }
    foreach ($file in @($output, "$output.errors")) {
        $text = [IO.File]::ReadAllText($file).Trim()
        if ($text) { Write-Log $text }
    }
    $code
}

Register-NetworkChange
$known = ''
$sinceFull = $FullSeconds
for ($look = 1; $Looks -eq 0 -or $look -le $Looks; $look++) {
    $seen = Get-Standing
    if ($seen -ne $known -or $sinceFull -ge $FullSeconds) {
        if ($known -and $seen -ne $known) { Write-HostEvent -Kind Warning -Message "drifted: $seen" }
        $code = Invoke-Apply
        if ($code -ne 0) { Write-HostEvent -Kind Error -Message "taskfence apply ended with exit code ${code}: see $log" }
        $known = Get-Standing
        $sinceFull = 0
    }
    $before = [DateTime]::UtcNow
    [void](Wait-Event -SourceIdentifier taskfence -Timeout $EverySeconds)
    # A network that is being made changes many times: one look for all of it.
    Start-Sleep -Seconds 1
    Get-Event | Where-Object { $_.SourceIdentifier -eq 'taskfence' } | ForEach-Object { Remove-Event -EventIdentifier $_.EventIdentifier }
    $sinceFull += [Math]::Max(1, ([DateTime]::UtcNow - $before).TotalSeconds)
}
